import { readFile } from "node:fs/promises";
import { totalmem } from "node:os";

/** Resident memory of this process and of those of its children among `processes`, in bytes. */
export async function residentBytes(processes: readonly number[]): Promise<number> {
  return process.memoryUsage.rss() + (await childrenBytes(processes));
}

/** Of the children alone; 0 where there is no /proc. */
export async function childrenBytes(processes: readonly number[]): Promise<number> {
  const children = await Promise.all(processes.map(residentBytesOfChild));
  return children.reduce((sum, bytes) => sum + bytes, 0);
}

/** 0 where it has ended: its id may already be somebody else's. */
async function residentBytesOfChild(processId: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${processId}/status`, "utf8");
    const parent = /^PPid:\t(\d+)$/m.exec(status)?.[1];
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return Number(parent) === process.pid && kilobytes !== undefined ? Number(kilobytes) * 1024 : 0;
  } catch {
    return 0;
  }
}

/** What `residentBytes` may reach before something is killed: the limit of the container, else the memory of the machine. */
export function memoryLimitBytes(): number {
  // Without a limit it gives 0 or, from the kernel's largest number, more than the machine has.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
