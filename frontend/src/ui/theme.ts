import { type CSSVariablesResolver, createTheme } from "@mantine/core";

/** Mantine's theme, so that its components take every value from tokens.css. */
export const theme = createTheme({
  fontFamily: "var(--font-ui)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "20px" },
  lineHeights: { xs: "16px", sm: "16px", md: "20px", lg: "20px", xl: "28px" },
  radius: { xs: "3px", sm: "4px", md: "6px", lg: "8px", xl: "12px" },
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Popover: { defaultProps: { radius: "lg", shadow: "var(--shadow-3)", transitionProps: { duration: 140 } } },
    Menu: { defaultProps: { radius: "lg", shadow: "var(--shadow-3)", transitionProps: { duration: 80 } } },
    Modal: {
      defaultProps: {
        radius: "xl",
        shadow: "var(--shadow-3)",
        overlayProps: { backgroundOpacity: 0.25 },
        transitionProps: { duration: 140 },
      },
    },
    Tooltip: { defaultProps: { radius: "sm", openDelay: 400, transitionProps: { duration: 80 } } },
  },
});

const shared = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--text)",
  "--mantine-color-dimmed": "var(--text-3)",
  "--mantine-color-placeholder": "var(--text-3)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--surface-hover)",
  "--mantine-color-default-color": "var(--text)",
  "--mantine-color-default-border": "var(--border-strong)",
  "--mantine-color-error": "var(--danger-text)",
  "--mantine-color-anchor": "var(--accent-text)",
  "--mantine-primary-color-filled": "var(--accent)",
  "--mantine-primary-color-filled-hover": "var(--accent-hover)",
  "--mantine-primary-color-light": "var(--accent-soft)",
  "--mantine-primary-color-contrast": "var(--on-accent)",
  "--mantine-color-disabled": "var(--surface-sunken)",
  "--mantine-color-disabled-color": "var(--text-disabled)",
};

/** In the dark, popovers and menus have surfaces of Mantine's own greys, which are not named after what they are for. */
const dark = {
  ...shared,
  "--mantine-color-dark-6": "var(--surface)",
  "--mantine-color-dark-5": "var(--surface-hover)",
  "--mantine-color-dark-4": "var(--surface-active)",
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark });
