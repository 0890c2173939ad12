import { createRequire } from "node:module";

/** Locks of the operating system on open files, from fs-native-extensions. */
export interface SystemLocks {
  /** Takes an exclusive lock on some bytes of an open file, which need not be there; false when another has it. */
  tryLock(fd: number, offset: number, length: number): boolean;
}

/** What there is to lock with; undefined where the package has no binary for the machine. */
export function systemLocks(): SystemLocks | undefined {
  try {
    return createRequire(import.meta.url)("fs-native-extensions");
  } catch {
    return undefined;
  }
}

/** Whether a failed lock says that the file system knows none, as some network and user-space ones do. */
export function knowsNoLocks(cause: unknown): boolean {
  const { code } = cause as NodeJS.ErrnoException;
  return ["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL"].includes(code ?? "");
}
