import { useTranslation } from "react-i18next";
import type { ScheduleForm } from "../../graph/catalogue";
import type { ScheduleChoice } from "../../runs/api";
import { ParamField } from "../inspector/ParamField";
import { setParamOf } from "./config";
import { Row, Whole } from "./rows";

const NO_FACTS = new Map();

interface ScheduleFieldsProps {
  form: ScheduleForm;
  schedule: ScheduleChoice;
  onSchedule: (schedule: ScheduleChoice) => void;
}

/** The parameters of a schedule; and, where it leaves that open, what it counts and how long the rate rises first. */
export function ScheduleFields({ form, schedule, onSchedule }: ScheduleFieldsProps) {
  const { t } = useTranslation("editor");
  return (
    <>
      {form.params.map((param) => (
        <ParamField
          key={param.name}
          param={param}
          value={schedule.params[param.name]}
          facts={NO_FACTS}
          onChange={(value) => onSchedule(setParamOf(schedule, param.name, value))}
          onDone={() => undefined}
        />
      ))}
      {form.every === null && (
        <>
          <Row label={t("train.every")} name="every" hint={t("train.everyHint")}>
            <select
              className="field"
              value={schedule.every ?? "epoch"}
              aria-label={t("train.every")}
              onChange={(event) => onSchedule({ ...schedule, every: event.target.value as "epoch" | "step" })}
              data-testid="train-every"
            >
              <option value="epoch">{t("train.everyEpoch")}</option>
              <option value="step">{t("train.everyStep")}</option>
            </select>
          </Row>
          <Row label={t("train.warmup")} name="warmup" hint={t("train.warmupHint")}>
            <Whole
              value={schedule.warmup ?? 0}
              onValue={(warmup) => onSchedule({ ...schedule, warmup })}
              least={0}
              testId="train-warmup"
              label={t("train.warmup")}
            />
          </Row>
        </>
      )}
    </>
  );
}
