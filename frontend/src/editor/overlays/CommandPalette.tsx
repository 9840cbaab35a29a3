import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formOf } from "../../graph/ports";
import { Icon } from "../../ui/Icon";
import { LayerItem } from "../palette/LayerItem";
import { placeKey, searchLayers } from "../palette/search";
import { usePlaceable } from "../palette/usePlaceable";
import { addLayer } from "../state/actions";
import { COMMANDS, shownKey } from "../state/commands";
import { useDocument, useEditor, useEditorStore } from "../state/context";
import { useView } from "../state/view";
import { type Choice, Finder } from "./Finder";

const NUM_NODES = 8;
const NUM_LAYERS = 8;

/** Everything by name: commands, the nodes of the graph, layers to add. */
export function CommandPalette() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const open = useView((view) => view.overlay === "commands");
  const all = usePlaceable();
  const document = useDocument();
  const layers = useEditor((editor) => editor.layers);
  const close = () => useView.getState().set({ overlay: null });

  const find = (text: string): Choice[] => {
    const words = text.trim().toLowerCase();
    const commands = COMMANDS.map((command) => ({ command, label: t(`commands.${command.id}`) }))
      .filter(({ command, label }) => command.id !== "everything" && label.toLowerCase().includes(words))
      .map(({ command, label }) => ({
        id: `command-${command.id}`,
        content: (
          <>
            <Icon name={command.icon ?? "right"} />
            <span className="grow">{label}</span>
            {command.keys[0] && <span className="kbd">{shownKey(command.keys[0])}</span>}
          </>
        ),
        run: () => command.run(store),
      }));
    const found = document.nodes
      .filter((node) => words && (node.name.includes(words) || node.type.toLowerCase().includes(words)))
      .slice(0, NUM_NODES)
      .map((node) => ({
        id: `node-${node.name}`,
        content: (
          <>
            <Icon name={formOf(document, layers, node)?.icon ?? "block"} />
            <span className="grow">{node.name}</span>
            <span className="t3 xs">{t("finder.goTo", { type: node.type })}</span>
          </>
        ),
        run: () => {
          store.getState().selectNodes(node.id);
          useView.getState().canvas?.show(node.id);
        },
      }));
    const toAdd = searchLayers(all, text)
      .slice(0, words ? NUM_LAYERS : 0)
      .map((layer) => ({
        id: `layer-${placeKey(layer)}`,
        content: <LayerItem layer={layer} />,
        run: () => addLayer(store, layer),
      }));
    return [...found, ...toAdd, ...commands];
  };

  return (
    <Modal
      opened={open}
      onClose={close}
      withCloseButton={false}
      padding={0}
      size={520}
      yOffset="12vh"
      attributes={{ content: { "aria-label": t("commands.everything") } }}
    >
      <Finder
        label={t("commands.everything")}
        placeholder={t("finder.everything")}
        none={(text) => t("finder.none", { text })}
        find={find}
        onClose={close}
        testId="command-palette"
      />
    </Modal>
  );
}
