import type { ServedGallery } from "./served-gallery.js";

interface Lease {
  readonly gallery: ServedGallery;
  users: number;
  /** Set when another has taken its place. */
  retire?: () => void;
}

/**
 * The gallery that is served now. When another takes its place, requests that have begun with the old one end with it, and it
 * is closed after the last of them.
 */
export class GalleryLease {
  private lease: Lease;

  constructor(gallery: ServedGallery) {
    this.lease = { gallery, users: 0 };
  }

  /** For what is only looked at. */
  get current(): ServedGallery {
    return this.lease.gallery;
  }

  /** Does work with the gallery of now, which stays open until it is done. */
  async use<T>(work: (gallery: ServedGallery) => Promise<T>): Promise<T> {
    const { lease } = this;
    lease.users++;
    try {
      return await work(lease.gallery);
    } finally {
      lease.users--;
      if (lease.users === 0) lease.retire?.();
    }
  }

  /** @returns resolves when the old one is closed */
  async replace(gallery: ServedGallery): Promise<void> {
    const old = this.lease;
    this.lease = { gallery, users: 0 };
    if (old.users > 0) await new Promise<void>(resolve => Object.assign(old, { retire: resolve }));
    await old.gallery.close();
  }

  /** Closes it when nobody uses it any more. */
  async close(): Promise<void> {
    const { lease } = this;
    if (lease.users > 0) await new Promise<void>(resolve => Object.assign(lease, { retire: resolve }));
    await lease.gallery.close();
  }
}
