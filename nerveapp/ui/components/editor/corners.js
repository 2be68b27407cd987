/** The corner nearest to a point, if one lies within reach of it. */
export function nearestCorner(corners, point, reach) {
  let [found, least] = [null, reach];
  for (const corner of corners) {
    const distance = Math.hypot(corner.x - point.x, corner.y - point.y);
    if (distance <= least) [found, least] = [corner, distance];
  }
  return found;
}
