/**
 * The camera: opening it, its pictures one by one with the time each was taken, and what can go wrong.
 */

const USUAL = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
const REMEMBERED = "romcheck.camera";

/** Why there is no picture: denied, absent, busy, insecure or unsupported; each has its own text. */
export class CameraError extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

const CODES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

export const remembered = {
  get camera() {
    try { return localStorage.getItem(REMEMBERED) || ""; } catch { return ""; }
  },
  set camera(deviceId) {
    try { localStorage.setItem(REMEMBERED, deviceId); } catch { /* a browser that remembers nothing */ }
  },
};

/** Opens the remembered camera, or any; resolves to its MediaStream. */
export async function openCamera(deviceId = remembered.camera) {
  if (!window.isSecureContext) throw new CameraError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  const wish = deviceId ? { ...USUAL, deviceId: { exact: deviceId } } : { ...USUAL, facingMode: "user" };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
  } catch (error) {
    const code = CODES[error.name] ?? "busy";
    if (deviceId && code === "absent") return openCamera("");
    throw new CameraError(code, error);
  }
}

/** Cameras there are, once one was allowed: [{id, label}]. */
export async function listCameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  // Before any was allowed they have no names.
  return devices.filter((d) => d.kind === "videoinput" && d.label).map((d) => ({ id: d.deviceId, label: d.label }));
}

/** Calls back once when a camera may be there that was not: plugged in, freed, allowed. Returns how to stop waiting. */
export function onCameraChange(callback) {
  const stop = new AbortController();
  const once = () => { stop.abort(); callback(); };
  navigator.mediaDevices?.addEventListener("devicechange", once, { signal: stop.signal });
  navigator.permissions?.query({ name: "camera" }).then(
    (permission) => permission.addEventListener("change", once, { signal: stop.signal }),
    () => {}, // Firefox before 131 does not know this permission
  );
  return () => stop.abort();
}

/**
 * The pictures of a track as they come: {image, width, height, timeMs, close()}. A picture nobody has asked for in
 * time is left out. Times are milliseconds on one clock of the browser's.
 */
export function pictures(track, video) {
  return "MediaStreamTrackProcessor" in window && !window.romcheckNoTrackProcessor
    ? processed(track)
    : shown(track, video);
}

async function* processed(track) {
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield {
        image: value,
        width: value.displayWidth,
        height: value.displayHeight,
        timeMs: value.timestamp / 1000,
        close: () => value.close(),
      };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function* shown(track, video) {
  while (track.readyState === "live") {
    const timeMs = await nextShown(track, video);
    if (timeMs === null) return;
    if (video.videoWidth) {
      yield { image: video, width: video.videoWidth, height: video.videoHeight, timeMs, close() {} };
    }
  }
}

function nextShown(track, video) {
  return new Promise((resolve) => {
    track.addEventListener("ended", () => resolve(null), { once: true });
    if (video.requestVideoFrameCallback) {
      video.requestVideoFrameCallback((now, about) => resolve(about.captureTime ?? now));
    } else {
      const before = video.currentTime;
      const look = (now) => (video.currentTime === before ? requestAnimationFrame(look) : resolve(now));
      requestAnimationFrame(look);
    }
  });
}

/** Makes JPEGs of pictures, not mirrored, in the size the camera gives. */
export class Encoder {
  async jpeg(picture) {
    if (this.canvas?.width !== picture.width || this.canvas?.height !== picture.height) {
      this.canvas = new OffscreenCanvas(picture.width, picture.height);
      this.context = this.canvas.getContext("2d", { alpha: false });
    }
    this.context.drawImage(picture.image, 0, 0, picture.width, picture.height);
    const blob = await this.canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    return blob.arrayBuffer();
  }
}
