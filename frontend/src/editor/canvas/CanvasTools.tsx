import { Menu } from "@mantine/core";
import { useStore as useFlow } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { commandById, shownKey } from "../state/commands";
import { useEditor, useEditorStore } from "../state/context";
import { type HeatKind, useView } from "../state/view";

const HEATS: HeatKind[] = ["num_parameters", "macs", "activation_bytes"];

/** The floating controls at the corners of the canvas. */
export const CanvasTools = memo(function CanvasTools() {
  const { t } = useTranslation("editor");
  const canUndo = useEditor((editor) => editor.history.past.length > 0);
  const canRedo = useEditor((editor) => editor.history.future.length > 0);
  const outline = useView((view) => view.outline);
  const zoom = useFlow((flow) => Math.round(flow.transform[2] * 100));
  const setView = useView((view) => view.set);
  return (
    <>
      <div className="float top-left">
        <Tool command="undo" disabled={!canUndo} />
        <Tool command="redo" disabled={!canRedo} />
        <span className="sep" />
        <Tool command="tidy" />
      </div>
      <div className="float top-right">
        <HeatMenu />
        <Button
          variant="ghost"
          icon="outline"
          aria-pressed={outline}
          className={outline ? "on" : undefined}
          onClick={() => setView({ outline: !outline })}
          data-testid="outline-toggle"
        >
          {t("tools.outline")}
        </Button>
        <Tool command="note" />
        <span className="sep" />
        <Button
          variant="ghost"
          icon="search"
          aria-label={`${t("commands.everything")}, ${shownKey("Ctrl+K")}`}
          onClick={() => setView({ overlay: "commands" })}
          data-testid="command-palette-button"
        >
          <span className="kbd">{shownKey("Ctrl+K")}</span>
        </Button>
      </div>
      <div className="float bottom-left">
        <Tool command="zoomOut" />
        <span className="sm zoom-value">{zoom}%</span>
        <Tool command="zoomIn" />
        <span className="sep" />
        <Tool command="fit" />
      </div>
    </>
  );
});

function Tool({ command, disabled }: { command: string; disabled?: boolean }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const { id, icon, keys, run } = commandById(command);
  const label = t(`commands.${id}`);
  return (
    <Button
      variant="ghost"
      icon={icon}
      aria-label={label}
      title={keys[0] ? `${label} (${shownKey(keys[0])})` : label}
      disabled={disabled}
      onClick={() => run(store)}
      data-testid={`tool-${id}`}
    />
  );
}

function HeatMenu() {
  const { t } = useTranslation("editor");
  const heat = useView((view) => view.heat);
  const setView = useView((view) => view.set);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="ghost"
          icon="heat"
          className={heat ? "on" : undefined}
          aria-pressed={heat !== null}
          data-testid="heat-menu"
        >
          {heat ? t(`heat.${heat}`) : t("tools.heat")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {HEATS.map((kind) => (
          <Menu.Item
            key={kind}
            onClick={() => setView({ heat: kind })}
            rightSection={heat === kind && <Icon name="check" size={14} />}
          >
            {t(`heat.${kind}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => setView({ heat: null })}>{t("heat.off")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
