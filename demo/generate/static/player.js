// Clips that move: a sheet is a picture with a row for each clip and a column for each frame; players draw its cells.
const players = new Set();
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
let playing = !calm, clock = 0, before = 0;

function loadSheet(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image);
}

// A canvas that shows row `row` of `sheet` ({image, frames, seconds}); `frame` when it must stand still.
class Player {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.held = null;
    this.onFrame = () => {};
    players.add(this);
  }

  show(sheet, row = 0) {
    Object.assign(this, {sheet, row, drawn: -1});
    this.side = sheet.image.naturalWidth / sheet.frames;
    this.draw(this.now());
    this.canvas.dataset.ready = '';
  }

  now() {
    if (this.held !== null) return this.held;
    const {frames, seconds} = this.sheet;
    return Math.floor((clock % seconds) / seconds * frames) % frames;
  }

  draw(frame) {
    if (frame === this.drawn) return;
    this.drawn = frame;
    const {context: c, canvas, side} = this;
    c.imageSmoothingQuality = 'high';
    c.drawImage(this.sheet.image, frame * side, this.row * side, side, side, 0, 0, canvas.width, canvas.height);
    this.onFrame(frame);
  }

  remove() {
    players.delete(this);
  }
}

function tick(time) {
  const passed = Math.min(time - before, 100);
  before = time;
  if (playing) clock += passed / 1000;
  for (const player of players) {
    if (!player.canvas.isConnected) players.delete(player);
    else if (player.sheet && player.canvas.offsetParent) player.draw(player.now());
  }
  requestAnimationFrame(tick);
}
requestAnimationFrame(tick);
