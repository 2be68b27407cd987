const players = new WeakMap(); // one per mounted component: Streamlit calls the default export again on every rerun

/** [u32 length][JSON][MP4], as `pack` in Python writes it. */
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const scene = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { scene, video: bytes.subarray(4 + length) };
}

export default function mount({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".nerve-player");
  if (!players.has(root)) players.set(root, new Player(root));
  const player = players.get(root);
  player.report = (value) => setStateValue("frame", value);
  player.receive(unpack(data));
  // Streamlit also calls this for a run overtaken by the next one, while the player stays on the page.
  return () => setTimeout(() => {
    if (root.isConnected || !players.delete(root)) return;
    player.destroy();
  });
}
