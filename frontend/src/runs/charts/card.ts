import type uPlot from "uplot";
import type { ChartView } from "./chart";

/** Shows the values under the crosshair in a card beside it, or takes the card away. */
export function showCard(plot: uPlot, view: ChartView): void {
  const card = cardOf(plot);
  const { idx, left } = plot.cursor;
  const x = idx == null ? undefined : plot.data[0][idx];
  if (x === undefined || left === undefined || left < 0) {
    card.hidden = true;
    return;
  }
  card.replaceChildren(row("chart-card-head", view.describeX(x)));
  view.curves.forEach((curve, index) => {
    const at = plot.cursor.idxs?.[index + 1];
    const value = at == null ? undefined : plot.data[index + 1]?.[at];
    if (curve.look === "raw" || value == null) return;
    card.append(valueRow(curve.label, curve.color, view.describeY(value)));
  });
  card.hidden = false;
  const beside = left + 12 + card.offsetWidth > plot.over.clientWidth ? left - 12 - card.offsetWidth : left + 12;
  card.style.transform = `translate(${Math.max(0, beside)}px, 12px)`;
}

function cardOf(plot: uPlot): HTMLElement {
  const present = plot.over.querySelector<HTMLElement>(".chart-card");
  if (present) return present;
  const card = row("chart-card", "");
  plot.over.append(card);
  return card;
}

function row(className: string, text: string): HTMLDivElement {
  const element = document.createElement("div");
  element.className = className;
  element.textContent = text;
  return element;
}

function valueRow(label: string, color: string, value: string): HTMLDivElement {
  const element = row("chart-card-row", "");
  const swatch = document.createElement("i");
  swatch.style.background = `var(${color})`;
  const name = document.createElement("span");
  name.textContent = label;
  const figure = document.createElement("b");
  figure.textContent = value;
  element.append(swatch, name, figure);
  return element;
}
