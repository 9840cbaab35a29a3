import type uPlot from "uplot";
import { downloadFile } from "../../ui/download";
import { readTheme } from "./chart";

/** Saves what the plot shows as a PNG on the page's surface, with its title above. */
export function downloadPicture(plot: uPlot, title: string, fileName: string): void {
  const theme = readTheme();
  const source = plot.ctx.canvas;
  const head = 28 * devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = source.width;
  canvas.height = source.height + head;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  context.fillStyle = theme.color("--surface");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = theme.color("--text");
  context.font = `600 ${theme.font.replace("11px", `${13 * devicePixelRatio}px`)}`;
  context.fillText(title, 12 * devicePixelRatio, 20 * devicePixelRatio);
  context.drawImage(source, 0, head);
  canvas.toBlob((blob) => blob && downloadFile(fileName, blob));
}
