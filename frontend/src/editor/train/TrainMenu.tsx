import { Popover } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/Button";
import { useView } from "../state/view";
import { TrainForm } from "./TrainForm";

/** The main action: opens what a run is asked for, with good values in place. */
export function TrainMenu() {
  const { t } = useTranslation("editor");
  const open = useView((view) => view.train);
  const setView = useView((view) => view.set);
  return (
    <Popover
      opened={open}
      onChange={(train) => setView({ train })}
      position="bottom-end"
      width={336}
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>
        <Button
          variant="primary"
          icon="play"
          onClick={() => setView({ train: !open })}
          title={`${t("train.button")} (Ctrl Enter)`}
          data-testid="train"
        >
          {t("train.button")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("train.button")}>
        <TrainForm />
      </Popover.Dropdown>
    </Popover>
  );
}
