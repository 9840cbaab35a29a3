import { useNavigate } from "@tanstack/react-router";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useCreateProject } from "./api";
import { type ImportAnswer, projectName, useImport } from "./importing";

const TONES = { info: undefined, warning: "warn", error: "bad" } as const;

/** A card that takes a model of another program, says what became of it, and makes a project of it. */
export function ImportModel() {
  const { t } = useTranslation("start");
  const navigate = useNavigate();
  const reading = useImport();
  const create = useCreateProject();
  const [over, setOver] = useState(false);
  const [name, setName] = useState("");
  const take = (files: File[]) => {
    if (files.length === 0) return;
    create.reset();
    setName(projectName(files));
    reading.mutate(files);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  const open = ({ graph, weights }: ImportAnswer) =>
    create.mutate(
      { name: name || undefined, graph, weights },
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
          accept=".onnx,.json,.safetensors"
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
      {reading.isPending && (
        <p className="sm t2" role="status">
          {t("import.reading", { name })}
        </p>
      )}
      <Problem error={reading.error ?? create.error} />
      {reading.data && (
        <div className="import-report" data-testid="import-report">
          <ImportReport report={reading.data.report} />
          <Button size="sm" variant="primary" disabled={create.isPending} onClick={() => open(reading.data)}>
            {t("import.open")}
          </Button>
        </div>
      )}
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
