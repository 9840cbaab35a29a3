import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Segmented } from "../../ui/Segmented";
import type { Instance, Sample } from "../api";
import { DrawPad } from "./DrawPad";
import { ImageUpload } from "./ImageUpload";

type Mode = "draw" | "upload" | "sample";

interface ImageTrialProps {
  column: string;
  samples: Sample[];
  onInstance: (instance: Instance) => void;
  onNothing: () => void;
  answer: ReactNode;
}

/** One picture: drawn, uploaded, or a row of the test split. */
export function ImageTrial({ column, samples, onInstance, onNothing, answer }: ImageTrialProps) {
  const { t } = useTranslation("deployments");
  const [mode, setMode] = useState<Mode>("draw");
  const size = useImageSize(samples[0]?.instance[column]);
  const give = (image: string | null) => (image === null ? onNothing() : onInstance({ [column]: image }));
  return (
    <>
      <header>
        <h2>{t("try.title")}</h2>
        <span className="grow" />
        <Segmented
          label={t("try.how")}
          value={mode}
          segments={[
            { value: "draw", label: t("try.draw"), icon: "brush" },
            { value: "upload", label: t("try.upload"), icon: "upload" },
            { value: "sample", label: t("try.sample"), icon: "image" },
          ]}
          onChange={setMode}
          testId="try-mode"
        />
      </header>
      <div className="body trial">
        <div>
          {mode === "draw" && <DrawPad key={`${size.width} ${size.height}`} {...size} onDrawn={give} />}
          {mode === "upload" && <ImageUpload onImage={give} />}
          {mode === "sample" && <SamplePicker column={column} samples={samples} onImage={give} />}
        </div>
        {answer}
      </div>
    </>
  );
}

interface SamplePickerProps {
  column: string;
  samples: Sample[];
  onImage: (image: string) => void;
}

function SamplePicker({ column, samples, onImage }: SamplePickerProps) {
  const { t } = useTranslation("deployments");
  const [chosen, setChosen] = useState<number | null>(null);
  return (
    <ul className="sample-grid">
      {samples.map((sample) => {
        const name = Object.values(sample.target).map(String).join(", ");
        return (
          <li key={sample.row}>
            <button
              type="button"
              className={chosen === sample.row ? "sample-pick on" : "sample-pick"}
              aria-pressed={chosen === sample.row}
              aria-label={t("try.sampleRow", { row: sample.row, name })}
              title={name}
              onClick={() => {
                setChosen(sample.row);
                onImage(String(sample.instance[column]));
              }}
              data-testid={`sample-${sample.row}`}
            >
              <img className="px" alt="" src={`data:image/png;base64,${String(sample.instance[column])}`} />
              <span className="xs trunc">{name}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The size in pixels that the network's pictures have, as one of its samples shows. */
function useImageSize(sample: unknown): { width: number; height: number } {
  const [size, setSize] = useState({ width: 28, height: 28 });
  useEffect(() => {
    if (typeof sample !== "string") return;
    const image = new Image();
    image.onload = () => setSize({ width: image.naturalWidth, height: image.naturalHeight });
    image.src = `data:image/png;base64,${sample}`;
  }, [sample]);
  return size;
}
