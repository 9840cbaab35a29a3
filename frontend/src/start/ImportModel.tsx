import { useNavigate } from "@tanstack/react-router";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useCreateProject } from "./api";
import { ImportProgress } from "./ImportProgress";
import { type ImportAnswer, isOneImport, projectName, useImport } from "./importing";

const TONES = { info: undefined, warning: "warn", error: "bad" } as const;

/** A card that takes a model of another program, says what became of it, and makes a project of it. */
export function ImportModel() {
  const { t } = useTranslation("start");
  const navigate = useNavigate();
  const reading = useImport();
  const create = useCreateProject();
  const [over, setOver] = useState(false);
  const [files, setFiles] = useState<File[]>([]);
  const named = files.map((file) => file.name).join(", ");
  const answer = reading.data;
  const openButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (answer) openButton.current?.focus();
  }, [answer]);
  const take = (taken: File[]) => {
    if (taken.length === 0 || reading.isPending) return;
    create.reset();
    reading.reset();
    setFiles(taken);
    if (isOneImport(taken)) reading.send(taken);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  const open = ({ graph, weights }: ImportAnswer) =>
    create.mutate(
      { name: projectName(files) || undefined, graph, weights },
      { onSuccess: (project) => void navigate({ to: "/p/$projectId/build", params: { projectId: project.id } }) },
    );
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
          accept=".onnx,.keras,.h5,.hdf5,.json,.safetensors"
          multiple
          disabled={reading.isPending}
          onChange={(event) => {
            take([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
          data-testid="import-model"
        />
        <span className="from-icon">
          <Icon name="upload" />
        </span>
        <span>
          <span className="med">{t("import.title")}</span>
          <span className="xs t3 from-about">{t("import.about")}</span>
        </span>
        <Icon name="right" className="t3" />
      </label>
      {reading.isPending && <ImportProgress name={named} share={reading.share} onCancel={reading.cancel} />}
      {files.length > 0 && !isOneImport(files) && (
        <div className="form-problem" role="alert">
          <p className="med">{t("import.oneAtATime", { count: files.length })}</p>
          <p>{t("import.oneModel")}</p>
        </div>
      )}
      {reading.error && <Refusal name={named} error={reading.error} />}
      <Problem error={create.error} />
      {answer && (
        <div className="import-report" data-testid="import-report">
          <p className="sm med trunc">{named}</p>
          <ImportReport report={answer.report} />
          <Button
            ref={openButton}
            size="sm"
            variant="primary"
            disabled={create.isPending}
            onClick={() => open(answer)}
            data-testid="import-open"
          >
            {t("import.open")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Which file was not taken and why; for a graph that cannot be read, also where to have one from. */
function Refusal({ name, error }: { name: string; error: Error }) {
  const { t } = useTranslation("start");
  const isGraph = error instanceof ApiError && error.code.startsWith("graph.");
  return (
    <div data-testid="import-refusal">
      <p className="sm med import-refused">{t("import.refused", { name })}</p>
      <Problem error={error} />
      {isGraph && <p className="xs t2 import-refused">{t("import.notGraph")}</p>}
    </div>
  );
}

/** The report's lines, what is wrong first. */
export function ImportReport({ report }: { report: ImportAnswer["report"] }) {
  const { t } = useTranslation("start");
  return (
    <ul className="import-lines">
      {report.map(({ level, message }) => (
        <li key={message} className="sm">
          {level !== "info" && <Badge tone={TONES[level]}>{t(`import.${level}`)}</Badge>} {message}
        </li>
      ))}
    </ul>
  );
}
