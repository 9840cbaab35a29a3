import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { blank, type Pixels, paint, stroke } from "./pixels";

interface DrawPadProps {
  width: number;
  height: number;
  /** Receives the drawing as base64 PNG after each stroke; null when it is blank. */
  onDrawn: (image: string | null) => void;
}

/** A canvas of the network's own few pixels to draw on with mouse, pen or finger. */
export function DrawPad({ width, height, onDrawn }: DrawPadProps) {
  const { t } = useTranslation("deployments");
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = useRef<Pixels>(blank(width, height));
  const history = useRef<Float32Array[]>([]);
  const last = useRef<[number, number] | null>(null);
  const [erasing, setErasing] = useState(false);
  const [strokes, setStrokes] = useState(0);

  const repaint = () => canvas.current && paint(pixels.current, canvas.current);
  useEffect(() => {
    if (canvas.current) paint(pixels.current, canvas.current);
  }, []);

  const place = (event: PointerEvent): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  };
  const draw = (event: PointerEvent) => {
    if (!last.current) return;
    const to = place(event);
    stroke(pixels.current, last.current, to, erasing);
    last.current = to;
    repaint();
  };
  const begin = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    history.current.push(pixels.current.values.slice());
    last.current = place(event);
    draw(event);
  };
  const end = () => {
    if (!last.current) return;
    last.current = null;
    tell();
  };
  const tell = () => {
    setStrokes(history.current.length);
    const isBlank = pixels.current.values.every((value) => value < 0.01);
    onDrawn(isBlank ? null : (canvas.current?.toDataURL("image/png").split(",")[1] ?? null));
  };
  const restore = (values: Float32Array) => {
    pixels.current.values = values;
    repaint();
    tell();
  };
  const undo = () => {
    const before = history.current.pop();
    if (before) restore(before);
  };
  const clear = () => {
    history.current = [];
    restore(new Float32Array(width * height));
  };
  return (
    <div>
      <canvas
        ref={canvas}
        className="px pad"
        width={width}
        height={height}
        role="img"
        aria-label={t("try.pad")}
        data-testid="draw-pad"
        onPointerDown={begin}
        onPointerMove={draw}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div className="row pad-tools">
        <Button
          variant="ghost"
          icon="brush"
          className={erasing ? undefined : "on"}
          aria-label={t("try.brush")}
          aria-pressed={!erasing}
          onClick={() => setErasing(false)}
        />
        <Button
          variant="ghost"
          icon="erase"
          className={erasing ? "on" : undefined}
          aria-label={t("try.eraser")}
          aria-pressed={erasing}
          onClick={() => setErasing(true)}
        />
        <Button variant="ghost" icon="undo" aria-label={t("try.undo")} disabled={strokes === 0} onClick={undo} />
        <span className="grow" />
        <Button variant="ghost" disabled={strokes === 0} onClick={clear} data-testid="draw-clear">
          {t("try.clear")}
        </Button>
      </div>
    </div>
  );
}
