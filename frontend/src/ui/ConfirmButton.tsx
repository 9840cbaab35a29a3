import { Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, type ButtonProps } from "./Button";

interface ConfirmButtonProps extends Omit<ButtonProps, "onClick"> {
  /** What will be gone, in a sentence. */
  question: ReactNode;
  confirm: string;
  onConfirm: () => void;
}

/** A button whose action cannot be undone: it asks once, in place. */
export function ConfirmButton({ question, confirm, onConfirm, ...button }: ConfirmButtonProps) {
  const { t } = useTranslation("ui");
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" width={280} trapFocus withinPortal>
      <Popover.Target>
        <Button {...button} aria-expanded={open} onClick={() => setOpen(!open)} />
      </Popover.Target>
      <Popover.Dropdown>
        <p className="sm confirm-question">{question}</p>
        <div className="row confirm-actions">
          <Button variant="ghost" onClick={() => setOpen(false)}>
            {t("actions.cancel")}
          </Button>
          <Button
            variant="danger"
            data-testid="confirm"
            onClick={() => {
              setOpen(false);
              onConfirm();
            }}
          >
            {confirm}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
