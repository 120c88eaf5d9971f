import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpackDebian } from "../../local/debian.ts";
import { runProgram } from "../../local/process.ts";

/** Debian's Chromium without a window, and the libraries that a bare machine lacks. */
const packages = [
  ...["chromium-headless-shell", "chromium-common", "libasound2", "libasyncns0", "libatk1.0-0", "libatspi2.0-0"],
  ...["libblkid1", "libbrotli1", "libbsd0", "libcap2", "libdav1d6", "libdbus-1-3", "libdouble-conversion3", "libdrm2"],
  ...["libexpat1", "libffi8", "libflac12", "libfontconfig1", "libfreetype6", "libgbm1", "libgcrypt20", "libglib2.0-0"],
  ...["libgpg-error0", "libgraphite2-3", "libharfbuzz-subset0", "libharfbuzz0b", "libjpeg62-turbo", "liblcms2-2"],
  ...[
    "liblz4-1",
    "liblzma5",
    "libmd0",
    "libminizip1",
    "libmount1",
    "libmp3lame0",
    "libmpg123-0",
    "libnspr4",
    "libnss3",
  ],
  ...[
    "libogg0",
    "libopenh264-7",
    "libopenjp2-7",
    "libopus0",
    "libpcre2-8-0",
    "libpng16-16",
    "libpulse0",
    "libselinux1",
  ],
  ...["libsndfile1", "libsystemd0", "libudev1", "libvorbis0a", "libvorbisenc2", "libwayland-server0", "libx11-6"],
  ...["libx11-xcb1", "libxau6", "libxcb1", "libxcomposite1", "libxdamage1", "libxdmcp6", "libxext6", "libxfixes3"],
  ...["libxi6", "libxkbcommon0", "libxnvctrl0", "libxrandr2", "libxrender1", "libzstd1", "zlib1g"],
];

/** What a browser made of a page. */
export interface Seen {
  /** The document after its scripts have run. */
  readonly dom: string;
  /** What the page or the browser complained about. */
  readonly complaints: readonly string[];
}

/**
 * Opens a page from a file, as somebody does who has downloaded it, and lets a script act on it as they would.
 * @param width of the window, in pixels
 */
export async function openPage(html: string, act = "", width = 1440): Promise<Seen> {
  const { root, env } = await unpackDebian(packages);
  const folder = mkdtempSync(join(tmpdir(), "suoke-page-"));
  try {
    const page = join(folder, "page.html");
    writeFileSync(page, act === "" ? html : html.replace("</body>", () => `<script>${act}</script></body>`));
    const { code, output } = await runProgram({
      command: join(root, "usr/lib/chromium/chromium-headless-shell"),
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", `--user-data-dir=${folder}/profile`],
        ...[
          "--enable-logging=stderr",
          "--virtual-time-budget=5000",
          `--window-size=${width},900`,
          "--dump-dom",
          `file://${page}`,
        ],
      ],
      env: {
        ...env,
        LD_LIBRARY_PATH: `${env["LD_LIBRARY_PATH"] ?? ""}:${root}/usr/lib/x86_64-linux-gnu/pulseaudio`,
        HOME: folder,
      },
      limit: 60,
    });
    if (code !== 0) throw new Error(`Chromium ended with ${code}:\n${output.slice(-2000)}`);
    const lines = output.split("\n");
    return {
      dom: output.slice(output.indexOf("<!DOCTYPE")),
      complaints: lines.filter((line) => /:CONSOLE[:(]|Uncaught|Refused to/.test(line)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
