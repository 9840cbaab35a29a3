import { useTranslation } from "react-i18next";
import {
  addBlockParam,
  changeBlockParam,
  FIRST_VALUES,
  removeBlockParam,
  renameBlockParam,
} from "../../graph/blockParams";
import type { BlockParam, GraphDocument } from "../../graph/document";
import { isParamName } from "../../graph/names";
import { Button } from "../../ui/Button";
import { useDocument, useEditorStore } from "../state/context";
import { DraftInput } from "./DraftInput";

const TYPES: BlockParam["type"][] = ["int", "float", "bool", "str", "ints"];

/** The parameters of the open block: what each use of it can set. */
export function BlockSettings({ name }: { name: string }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const params = useDocument().inside?.params ?? [];
  const change = (next: (whole: GraphDocument) => GraphDocument) => {
    const { history, editWhole } = store.getState();
    editWhole(next(history.present));
  };
  return (
    <section className="block-settings" data-testid="block-settings">
      <h3>{t("blocks.parameters")}</h3>
      <p className="sm t2">{t("blocks.none")}</p>
      {params.map((param) => (
        <fieldset key={param.name} className="block-param" data-testid={`block-param-${param.name}`}>
          <DraftInput
            label={t("blocks.parameterName")}
            value={param.name}
            read={(text) =>
              isParamName(text) && !params.some((one) => one !== param && one.name === text) ? text : undefined
            }
            onValue={() => undefined}
            onCommit={(wanted) =>
              wanted !== param.name && change((whole) => renameBlockParam(whole, name, param.name, wanted))
            }
            testId="block-param-name"
          />
          <select
            className="field"
            aria-label={t("blocks.parameterType")}
            value={param.type}
            onChange={(event) => {
              const type = event.target.value as BlockParam["type"];
              change((whole) => changeBlockParam(whole, name, param.name, { type, default: FIRST_VALUES[type] }));
            }}
          >
            {TYPES.map((type) => (
              <option key={type} value={type}>
                {t(`blocks.types.${type}`)}
              </option>
            ))}
          </select>
          <DraftInput
            label={t("blocks.parameterDefault")}
            value={typeof param.default === "string" ? param.default : JSON.stringify(param.default)}
            read={(text) => readValue(text, param.type)}
            onValue={() => undefined}
            onCommit={(value) => change((whole) => changeBlockParam(whole, name, param.name, { default: value }))}
            testId="block-param-default"
          />
          <Button
            variant="ghost"
            size="sm"
            icon="x"
            aria-label={`${t("blocks.removeParameter")}: ${param.name}`}
            onClick={() => change((whole) => removeBlockParam(whole, name, param.name))}
          />
        </fieldset>
      ))}
      <Button
        size="sm"
        icon="plus"
        onClick={() => change((whole) => addBlockParam(whole, name, {}).document)}
        data-testid="add-block-param"
      >
        {t("blocks.addParameter")}
      </Button>
    </section>
  );
}

/** The value that a text says, of the type; undefined where it says none. */
function readValue(text: string, type: BlockParam["type"]): unknown {
  if (type === "str") return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fits = {
    int: Number.isSafeInteger(value),
    float: typeof value === "number",
    bool: typeof value === "boolean",
    ints: Array.isArray(value) && value.length <= 16 && value.every(Number.isSafeInteger),
  };
  return fits[type] ? value : undefined;
}
