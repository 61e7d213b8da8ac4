#include "bridge.h"
#include "_cgo_export.h"

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>

// ALSA and JACK print a hundred lines while PortAudio looks for devices. They have no switch, so stderr is away meanwhile.
static int hush(void) {
  int saved = fcntl(2, F_DUPFD_CLOEXEC, 3), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved >= 0 && null >= 0) dup2(null, 2);
  if (null >= 0) close(null);
  return saved;
}
static void unhush(int saved) {
  if (saved < 0) return;
  dup2(saved, 2);
  close(saved);
}
#else
static int hush(void) { return -1; }
static void unhush(int saved) { (void)saved; }
#endif

static int callback(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *at, PaStreamCallbackFlags flags, void *user) {
  (void)in;
  (void)at;
  parleyRender((uintptr_t)user, out, frames, (flags & paOutputUnderflow) != 0);
  return paContinue;
}

PaError parley_pa_initialize(void) {
  int saved = hush();
  PaError err = Pa_Initialize();
  unhush(saved);
  return err;
}

PaError parley_pa_open(PaStream **stream, int device, int channels, double latency, unsigned long frames, uintptr_t handle) {
  PaStreamParameters p = {.device = device, .channelCount = channels, .sampleFormat = paFloat32, .suggestedLatency = latency};
  int saved = hush();
  PaError err = Pa_OpenStream(stream, NULL, &p, 48000, frames, paNoFlag, callback, (void *)handle);
  if (err == paNoError) {
    err = Pa_StartStream(*stream);
    if (err != paNoError) Pa_CloseStream(*stream);
  }
  unhush(saved);
  return err;
}
