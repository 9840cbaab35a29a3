import { useTranslation } from "react-i18next";
import { removeBlock, unusedBlocks } from "../../graph/blocks";
import { Icon } from "../../ui/Icon";
import { useEditor, useEditorStore } from "../state/context";

/** Takes a definition out of the project, where no node uses it. */
export function DeleteUnused({ name }: { name: string }) {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const unused = useEditor((editor) => unusedBlocks(editor.history.present).includes(name));
  if (!unused) return null;
  const words = t("palette.deleteUnused", { name });
  const remove = () => {
    const { history, editWhole } = store.getState();
    editWhole(removeBlock(history.present, name));
  };
  return (
    <button
      type="button"
      className="btn ghost icon sm"
      aria-label={words}
      title={words}
      onClick={remove}
      data-testid={`delete-${name}`}
    >
      <Icon name="x" size={14} />
    </button>
  );
}
