/** The last frame shown at a time. */
export function latest(times, seconds) {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (times[middle] <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function nearest(times, seconds) {
  const before = latest(times, seconds);
  const after = Math.min(before + 1, times.length - 1);
  return times[after] - seconds < seconds - times[before] ? after : before;
}

/** Whether the browser may play the constant-rate video by itself, and how fast: no frame may be half a frame off. */
export function pacing({ times_s: times, video_frame_rate: videoRate }) {
  const step = (times[times.length - 1] - times[0]) / (times.length - 1);
  const rate = 1 / (step * videoRate);
  const even = times.every((time, index) => Math.abs(time - times[0] - index * step) < step / 2);
  return { native: even && rate > 0.25 && rate < 8, rate }; // 0.25x to 2x of it must stay within 1/16 to 16
}
