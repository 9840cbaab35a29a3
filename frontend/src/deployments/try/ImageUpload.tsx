import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../ui/Icon";

/** Takes a picture file; the server brings it to the network's size. */
export function ImageUpload({ onImage }: { onImage: (image: string) => void }) {
  const { t } = useTranslation("deployments");
  const [shown, setShown] = useState<string | null>(null);
  const take = (file: File | undefined) => {
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      setShown(url);
      onImage(url.slice(url.indexOf(",") + 1));
    };
    reader.readAsDataURL(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  };
  return (
    <label className="upload-field" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <input
        type="file"
        className="sr-only"
        accept="image/png,image/jpeg"
        onChange={(event) => take(event.target.files?.[0])}
        data-testid="try-upload"
      />
      {shown ? (
        <img className="px upload-shown" alt={t("try.uploaded")} src={shown} />
      ) : (
        <>
          <Icon name="upload" />
          <span className="sm">{t("try.drop")}</span>
        </>
      )}
    </label>
  );
}
