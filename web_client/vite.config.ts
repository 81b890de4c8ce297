import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../room_server/web",
    emptyOutDir: true,
    // The page runs on the phones people have: the style sheet's light-dark() and nesting are rewritten for these.
    target: ["chrome100", "edge100", "firefox102", "safari15.4"],
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": { target: "http://127.0.0.1:8080", ws: true } } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
