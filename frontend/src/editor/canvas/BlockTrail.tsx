import { useTranslation } from "react-i18next";
import { countUses } from "../../graph/blocks";
import { openBlocks } from "../../graph/levels";
import { isBlockName } from "../../graph/names";
import { Icon } from "../../ui/Icon";
import { DraftInput } from "../inspector/DraftInput";
import { leaveTo, renameOpenBlock } from "../state/blockActions";
import { useEditor, useEditorStore } from "../state/context";
import { useView } from "../state/view";

/** Which blocks are open, one in the other, and the way out; and why the last thing asked of a block was refused. */
export function BlockTrail() {
  const { t } = useTranslation("editor");
  const store = useEditorStore();
  const whole = useEditor((editor) => editor.history.present);
  const trail = useEditor((editor) => editor.trail);
  const refusal = useView((view) => view.refusal);
  const open = openBlocks(whole, trail);
  const name = open.at(-1)?.name;
  return (
    <>
      {name && (
        <nav className="float block-trail" aria-label={t("blocks.trail")} data-testid="block-trail">
          <button type="button" className="btn ghost sm" onClick={() => leaveTo(store, 0)} data-testid="leave-blocks">
            {t("blocks.graph")}
          </button>
          {open.slice(0, -1).map((one, depth) => (
            <span key={one.node.id} className="row">
              <Icon name="right" size={12} />
              <button type="button" className="btn ghost sm" onClick={() => leaveTo(store, depth + 1)}>
                {one.name}
              </button>
            </span>
          ))}
          <Icon name="right" size={12} />
          <DraftInput
            key={name}
            label={t("blocks.name")}
            value={name}
            read={(text) => (isBlockName(text) && (text === name || !whole.blocks[text]) ? text : undefined)}
            onValue={() => undefined}
            onCommit={(text) => renameOpenBlock(store, text)}
            expected={t("blocks.nameExpected")}
            testId="block-name"
          />
          <span className="xs t3">{t("blocks.uses", { count: countUses(whole, name) })}</span>
        </nav>
      )}
      {refusal && (
        <p className="float block-refusal" role="status" data-testid="block-refusal">
          <Icon name="info" size={14} />
          {t(`blocks.${refusal}`)}
        </p>
      )}
    </>
  );
}
