import sprite from "./icons.svg?raw";

/** Puts the icons into the page once; `Icon` refers to them. */
export function installIcons(): void {
  const parsed = new DOMParser().parseFromString(sprite, "image/svg+xml").documentElement;
  parsed.setAttribute("width", "0");
  parsed.setAttribute("height", "0");
  parsed.setAttribute("aria-hidden", "true");
  parsed.style.position = "absolute";
  document.body.prepend(document.importNode(parsed, true));
}

interface IconProps {
  /** Symbol id of icons.svg without its "i-". */
  name: string;
  size?: 12 | 14 | 16 | 20 | 24;
  className?: string;
}

/** A decorative icon in the colour of the text around it; the words beside it or an aria-label carry the meaning. */
export function Icon({ name, size = 16, className }: IconProps) {
  return (
    <svg className={className ? `ic ${className}` : "ic"} width={size} height={size} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}
