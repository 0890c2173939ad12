// Where the Vulkan driver of a bare machine may be, for a loader that does not find it by itself.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const DRIVER_LISTS = ["/usr/local/nvidia/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d"];
const LIBRARY_FOLDERS = [
  "/usr/local/nvidia/lib64",
  "/usr/local/nvidia/lib",
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/usr/lib/wsl/lib",
];
/** The first wants X11's libraries, which the pack has; the second does without. */
const NVIDIA_LIBRARIES = ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"];

/**
 * Environments to try, the first that finds a GPU is taken: as the machine is; each list of a driver; lists written
 * here for NVIDIA's libraries.
 * @param {string} folder for those lists
 * @returns {Record<string, string>[]}
 */
export function vulkanEnvironments(folder) {
  const lists = DRIVER_LISTS.filter(list => existsSync(list)).flatMap(list =>
    readdirSync(list)
      .filter(name => /nvidia.*\.json$/.test(name))
      .map(name => driverAt(join(list, name))),
  );
  const written = LIBRARY_FOLDERS.flatMap(place =>
    NVIDIA_LIBRARIES.map(library => join(place, library))
      .filter(path => existsSync(path))
      .map(path => ({
        ...driverAt(writtenList(folder, path)),
        LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, place].filter(Boolean).join(":"),
      })),
  );
  return [{}, ...lists, ...written];
}

/** Both names: the second is what loaders before 1.3.207 read. */
function driverAt(path) {
  return { VK_DRIVER_FILES: path, VK_ICD_FILENAMES: path };
}

function writtenList(folder, library) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${library.replaceAll("/", "_")}.json`);
  const driver = { file_format_version: "1.0.0", ICD: { library_path: library, api_version: "1.3.0" } };
  writeFileSync(path, JSON.stringify(driver));
  return path;
}
