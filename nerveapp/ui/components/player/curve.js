const LOOK_FOR_CHART_MS = 400;
export const STILL_A_CLICK_PX = 4;
const PLOTLY_CLICK_FIRST_MS = 40;
const SAME_POINT_PX = 10;

/** The area curve on the page: a cursor at the frame on show, and a click that picks a frame. */
export class Curve {
  /** `pick` is called with a time in seconds. */
  constructor(pick) {
    this.pick = pick;
    this.cursor = document.createElement("div");
    this.cursor.className = "nerve-player-cursor";
    this.cursor.style.cssText =
      "position:absolute; left:-1px; width:2px; pointer-events:none; z-index:5; " +
      "background:rgb(255,176,0); box-shadow:0 0 0 1px rgba(0,0,0,.45)";
    this.onPlot = () => this.place();
    this.onPlotlyClick = ({ points }) => { this.labelled = points?.[0]?.x; };
    // Streamlit may put another chart in the place of this one at any time, without telling anybody.
    this.timer = setInterval(() => this.place(), LOOK_FOR_CHART_MS);
  }

  use(chartKey) {
    // Streamlit makes the same class name of a container's key.
    this.selector = `.st-key-${chartKey.trim().replace(/[^a-zA-Z0-9_-]/g, "-")} .js-plotly-plot`;
  }

  moveTo(seconds) {
    this.seconds = seconds;
    this.place();
  }

  place() {
    this.attach(this.selector && document.querySelector(this.selector));
    const layout = this.chart?._fullLayout;
    const holder = this.chart?.querySelector(".svg-container");
    if (!holder || !layout?.xaxis?.l2p || this.seconds === undefined) return this.cursor.remove();
    if (this.cursor.parentNode !== holder) holder.append(this.cursor);
    const { xaxis, _size: area } = layout;
    const x = xaxis.l2p(this.seconds);
    const style = this.cursor.style;
    style.display = x >= 0 && x <= xaxis._length ? "block" : "none";
    style.top = `${area.t}px`;
    style.height = `${area.h}px`;
    style.transform = `translateX(${xaxis._offset + x}px)`;
  }

  attach(chart) {
    if (chart === this.chart) return;
    this.detach();
    if (!chart?.on) return;
    this.chart = chart;
    this.listening = new AbortController();
    const options = { signal: this.listening.signal, capture: true };
    chart.on("plotly_afterplot", this.onPlot);
    chart.on("plotly_click", this.onPlotlyClick);
    // plotly lays this over the plot area, beneath the legend and the chart's own buttons.
    const onPlot = (event) => event.target.closest(".nsewdrag") && event.button === 0;
    chart.addEventListener("pointerdown", (event) => { this.pressed = onPlot(event) ? event : null; }, options);
    // On the window: plotly covers the page while a button is down, so the chart does not see it go up.
    window.addEventListener("pointerup", (event) => this.released(event), options);
  }

  detach() {
    this.listening?.abort();
    this.chart?.removeListener?.("plotly_afterplot", this.onPlot);
    this.chart?.removeListener?.("plotly_click", this.onPlotlyClick);
    this.chart = null;
  }

  /** Pick the time under the pointer, or that of the point plotly has labelled there. */
  released(event) {
    const pressed = this.pressed;
    this.pressed = null;
    if (!pressed) return;
    if (Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > STILL_A_CLICK_PX) return;
    const { xaxis } = this.chart._fullLayout;
    const x = event.clientX - this.chart.getBoundingClientRect().left - xaxis._offset;
    this.labelled = undefined;
    clearTimeout(this.picking);
    this.picking = setTimeout(() => {
      // After a quick move of the mouse, plotly still names the point it was over before: take a near one only.
      const near = Math.abs(xaxis.l2p(this.labelled) - x) <= SAME_POINT_PX;
      this.pick(near ? this.labelled : xaxis.p2l(x));
    }, PLOTLY_CLICK_FIRST_MS);
  }

  destroy() {
    clearInterval(this.timer);
    clearTimeout(this.picking);
    this.detach();
    this.cursor.remove();
  }
}
