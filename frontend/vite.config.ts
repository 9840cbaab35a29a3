import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds the running product. */
const backend = process.env.LAYERLOOM_BACKEND ?? "http://127.0.0.1:8000";

export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/" : "/",
  plugins: [react()],
  build: { target: "es2023", manifest: true },
  server: {
    proxy: {
      "^/(api|admin|accounts|v2|healthz|readyz)": { target: backend },
      "/ws": { target: backend, ws: true },
    },
  },
  test: { environment: "jsdom", setupFiles: ["src/test-setup.ts"], include: ["src/**/*.test.{ts,tsx}"] },
}));
