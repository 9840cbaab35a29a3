import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { COMMANDS, type CommandGroup, shownKey } from "../state/commands";
import { useView } from "../state/view";

const GROUPS: CommandGroup[] = ["edit", "move", "view", "run"];

/** Every key there is. */
export function ShortcutSheet() {
  const { t } = useTranslation("editor");
  const open = useView((view) => view.overlay === "shortcuts");
  return (
    <Modal
      opened={open}
      onClose={() => useView.getState().set({ overlay: null })}
      title={t("commands.shortcuts")}
      closeButtonProps={{ "aria-label": t("ui:actions.close") }}
      size={640}
    >
      <div className="sheet" data-testid="shortcut-sheet">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{t(`groups.${group}`)}</h3>
            <dl className="kv">
              {COMMANDS.filter((command) => command.group === group && command.keys.length > 0).map((command) => (
                <div key={command.id}>
                  <dt>{t(`commands.${command.id}`)}</dt>
                  <dd>
                    {command.keys.map((key) => (
                      <kbd key={key} className="kbd">
                        {shownKey(key)}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
