const COLORS = ["#ffb659", "#5fe3dc", "#eafffb"];

/** Paints streams that join a river, and the time, which shows the delay. */
export function drawTestCard(context, { width, height }) {
  const time = Date.now() / 1000;
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, "#0a4a52");
  sky.addColorStop(1, "#04181c");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);

  context.lineCap = "round";
  for (let stream = 0; stream < 9; stream++) {
    context.strokeStyle = COLORS[stream % COLORS.length];
    const path = new Path2D();
    for (let x = -20; x <= width + 20; x += 12) {
      path.lineTo(x, yOf(stream, x / width, time) * height);
    }
    context.globalAlpha = 0.2;
    context.lineWidth = 3;
    context.setLineDash([]);
    context.stroke(path);
    context.globalAlpha = 1;
    context.lineWidth = 6;
    context.setLineDash([1, 46 + 9 * stream]);
    context.lineDashOffset = -time * (90 + 14 * stream);
    context.stroke(path);
  }
  context.setLineDash([]);

  context.fillStyle = "#fff";
  context.font = `600 ${height / 7}px ui-monospace, monospace`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  const now = new Date();
  const tenth = Math.floor(now.getMilliseconds() / 100);
  context.fillText(
    `${now.toTimeString().slice(0, 8)}.${tenth}`,
    width * 0.05,
    height * 0.93,
  );
}

/** The streams are apart on the left, and side by side on the right. */
function yOf(stream, x, time) {
  const apart = 0.06 + 0.085 * stream;
  const together = 0.36 + 0.016 * stream;
  const joined = 1 / (1 + Math.exp(-9 * (x - 0.5)));
  const wave = 0.02 * Math.sin(6 * x + time + stream);
  return apart + (together - apart) * joined + wave;
}
