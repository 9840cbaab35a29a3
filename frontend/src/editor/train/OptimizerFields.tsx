import { useTranslation } from "react-i18next";
import type { Form, ScheduleForm } from "../../graph/catalogue";
import type { RunConfig } from "../../runs/api";
import { ParamField } from "../inspector/ParamField";
import { Choice } from "./Choice";
import { firstSchedule, setParamOf } from "./config";
import { Row } from "./rows";
import { ScheduleFields } from "./ScheduleFields";

const NO_FACTS = new Map();

interface OptimizerFieldsProps {
  form: Form | undefined;
  schedules: ScheduleForm[];
  config: RunConfig;
  rate: number | undefined;
  onConfig: (part: Partial<RunConfig>) => void;
}

/** What an optimizer takes besides its rate, and how the rate changes. */
export function OptimizerFields({ form, schedules, config, rate, onConfig }: OptimizerFieldsProps) {
  const { t } = useTranslation("editor");
  const schedule = schedules.find((one) => one.type === config.schedule?.type);
  return (
    <>
      {form?.params
        .filter((param) => param.name !== "lr")
        .map((param) => (
          <ParamField
            key={param.name}
            param={param}
            value={config.optimizer.params[param.name]}
            facts={NO_FACTS}
            onChange={(value) => onConfig({ optimizer: setParamOf(config.optimizer, param.name, value) })}
            onDone={() => undefined}
            keepWrong
          />
        ))}
      <Row label={t("train.schedule")} name="schedule" hint={schedule?.summary}>
        <Choice
          forms={schedules}
          value={config.schedule?.type ?? ""}
          none={t("train.constant")}
          onForm={(next) => onConfig({ schedule: next ? firstSchedule(next, config.epochs, rate ?? 0.001) : null })}
          label={t("train.schedule")}
          testId="train-schedule"
        />
      </Row>
      {schedule && config.schedule && (
        <ScheduleFields
          form={schedule}
          schedule={config.schedule}
          onSchedule={(next) => onConfig({ schedule: next })}
        />
      )}
    </>
  );
}
