import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { formatShare } from "../ui/numbers";
import { Problem } from "../ui/Problem";
import type { Dataset } from "./api";
import { useUpload } from "./upload";

interface UploadFieldProps {
  onDone: (dataset: Dataset) => void;
  title: string;
  children: string;
}

/** A card that takes a CSV, a plain text or a ZIP of pictures: dropped on it, or picked. */
export function UploadField({ onDone, title, children }: UploadFieldProps) {
  const { t } = useTranslation("datasets");
  const upload = useUpload(onDone);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) upload.send(file);
  };
  return (
    <div className="upload">
      <label
        className={over ? "from over" : "from"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          type="file"
          className="sr-only"
          accept=".csv,.txt,.md,.zip,text/csv,text/plain,text/markdown,application/zip"
          disabled={upload.progress !== null}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) upload.send(file);
            event.target.value = "";
          }}
          data-testid="upload"
        />
        <span className="from-icon">
          <Icon name="upload" />
        </span>
        <span>
          <span className="med">{title}</span>
          <span className="xs t3 from-about">{children}</span>
        </span>
        <Icon name="right" className="t3" />
      </label>
      {upload.progress !== null && (
        <div className="row upload-progress" role="status">
          <span className="sm trunc">{upload.fileName}</span>
          <progress value={upload.progress} max={1} aria-label={t("upload.sending")} />
          <span className="sm num">{formatShare(upload.progress)}</span>
          <Button size="sm" variant="ghost" onClick={upload.cancel}>
            {t("ui:actions.cancel")}
          </Button>
        </div>
      )}
      <Problem error={upload.error} />
    </div>
  );
}
