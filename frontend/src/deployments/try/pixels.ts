/** A picture being drawn: grey values 0..1, row by row. */
export interface Pixels {
  width: number;
  height: number;
  values: Float32Array;
}

export function blank(width: number, height: number): Pixels {
  return { width, height, values: new Float32Array(width * height) };
}

/** How far from its middle the brush still leaves something, in pixels. */
const BRUSH_RADIUS = 1.4;

/** Draws a soft dot at (x, y), or takes away where `erase`. */
export function dab(pixels: Pixels, x: number, y: number, erase: boolean): void {
  const { width, height, values } = pixels;
  const radius = BRUSH_RADIUS * Math.max(1, width / 28);
  for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(height - 1, Math.ceil(y + radius)); row++) {
    for (
      let column = Math.max(0, Math.floor(x - radius));
      column <= Math.min(width - 1, Math.ceil(x + radius));
      column++
    ) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const strength = Math.max(0, Math.min(1, 1.35 - distance / radius));
      const index = row * width + column;
      const present = values[index] as number;
      values[index] = erase ? present * (1 - Math.min(1, strength * 2)) : Math.max(present, strength);
    }
  }
}

/** Draws a line of dots from one point to another. */
export function stroke(pixels: Pixels, from: [number, number], to: [number, number], erase: boolean): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const dabs = Math.max(1, Math.ceil(length / 0.4));
  for (let index = 0; index <= dabs; index++) {
    const share = index / dabs;
    dab(pixels, from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, erase);
  }
}

/** Paints the picture on a canvas of its own size. */
export function paint(pixels: Pixels, canvas: HTMLCanvasElement): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(pixels.width, pixels.height);
  pixels.values.forEach((value, index) => {
    image.data.fill(Math.round(value * 255), index * 4, index * 4 + 3);
    image.data[index * 4 + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
