import { useTranslation } from "react-i18next";
import { ParamField } from "../editor/inspector/ParamField";
import { isRecord, type SettingGroup, type SettingValues, setIn } from "./schema";

const NO_FACTS = new Map();

interface GroupFieldsProps {
  group: SettingGroup;
  /** Whether its name stands above; not where it is that of the fold. */
  named: boolean;
  values: SettingValues;
  onValues: (values: SettingValues) => void;
  problems: Record<string, string>;
}

/** The settings of a group; one that may be off begins with a switch. */
export function GroupFields({ group, named, values, onValues, problems }: GroupFieldsProps) {
  const { t } = useTranslation("settings");
  const own = values[group.name];
  const isOn = !group.optional || isRecord(own);
  const set = isRecord(own) ? own : {};
  return (
    <fieldset className="setting-group" aria-label={group.title}>
      {group.optional ? (
        <div className="param">
          <label htmlFor={`setting-${group.name}`}>
            {group.title}
            <code>{group.name}</code>
          </label>
          <input
            id={`setting-${group.name}`}
            type="checkbox"
            className="toggle"
            checked={isOn}
            onChange={(event) => onValues({ ...values, [group.name]: event.target.checked ? {} : null })}
            data-testid={`setting-${group.name}`}
          />
          <p className="hint">
            {group.summary} {!isOn && t("off")}
          </p>
        </div>
      ) : (
        <p className="xs t3 group-summary">
          {named && <b className="sm med">{group.title}</b>} {group.summary}
        </p>
      )}
      {isOn &&
        group.params.map((param) => (
          <div key={param.name}>
            <ParamField
              param={param}
              value={set[param.name]}
              facts={NO_FACTS}
              onChange={(value) => onValues(setIn(values, group.name, param.name, value))}
              onDone={() => undefined}
              bad={`${group.name}.${param.name}` in problems}
              keepWrong
            />
            <SettingProblem message={problems[`${group.name}.${param.name}`]} />
          </div>
        ))}
    </fieldset>
  );
}

/** What the server said about one setting. */
export function SettingProblem({ message }: { message: string | undefined }) {
  return message ? (
    <p className="xs bad" role="alert">
      {message}
    </p>
  ) : null;
}
