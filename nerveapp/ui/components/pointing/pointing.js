const mounted = new WeakMap(); // what each mounted component asks for: Streamlit calls the default export on every rerun

/**
 * Hand what is asked for to the player of that key, which lives in a component of its own: it looks it up by its key on
 * the window, and the event tells it that there is something new.
 */
export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".nerve-pointing");
  window.nervePointing ??= new Map();
  const players = window.nervePointing;
  const asked = {
    ...data,
    report: (click) => setStateValue("clicked", { ...click, of: data.of }),
    choose: (nerve) => setTriggerValue("chosen", { ...nerve, of: data.of }),
  };
  const tell = () => document.dispatchEvent(new Event("nerve-pointing"));
  mounted.set(root, asked);
  players.set(data.player, asked);
  tell();
  // Streamlit also calls this for a run overtaken by the next one, while the component stays on the page.
  return () => setTimeout(() => {
    if (root.isConnected || players.get(data.player) !== mounted.get(root)) return;
    players.delete(data.player);
    tell();
  });
}
