#define _GNU_SOURCE
#include "bridge.h"
#include "_cgo_export.h"

#ifdef __linux__
#include <dlfcn.h>
#include <pa_linux_alsa.h>

// ALSA prints each underrun, and more. The library is PortAudio's, so it is there without being linked.
static void say_nothing(const char *file, int line, const char *function, int err, const char *fmt, ...) {
  (void)file, (void)line, (void)function, (void)err, (void)fmt;
}
static void quiet_alsa(void) {
  int (*set)(void (*)(const char *, int, const char *, int, const char *, ...)) = dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler");
  if (set) set(say_nothing);
}
#else
static void quiet_alsa(void) {}
#endif

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>

// JACK and others print a hundred lines while PortAudio looks for devices. They have no switch, so stderr is away meanwhile.
int parley_hush(void) {
  quiet_alsa();
  int saved = fcntl(2, F_DUPFD_CLOEXEC, 3), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved >= 0 && null >= 0) dup2(null, 2);
  if (null >= 0) close(null);
  return saved;
}
void parley_unhush(int saved) {
  if (saved < 0) return;
  dup2(saved, 2);
  close(saved);
}
#else
int parley_hush(void) { return -1; }
void parley_unhush(int saved) { (void)saved; }
#endif

static int callback(const void *in, void *out, unsigned long frames, const PaStreamCallbackTimeInfo *at, PaStreamCallbackFlags flags, void *user) {
  (void)in;
  (void)at;
  parleyRender((uintptr_t)user, out, frames, (flags & paOutputUnderflow) != 0);
  return paContinue;
}

PaError parley_pa_open(PaStream **stream, int device, const char *alsa, int channels, double latency, unsigned long frames, uintptr_t handle) {
  PaStreamParameters p = {.device = device, .channelCount = channels, .sampleFormat = paFloat32, .suggestedLatency = latency};
#ifdef __linux__
  PaAlsaStreamInfo info;
  if (alsa) {
    PaAlsa_InitializeStreamInfo(&info);
    info.deviceString = alsa;
    p.device = paUseHostApiSpecificDeviceSpecification;
    p.hostApiSpecificStreamInfo = &info;
  }
#endif
  int saved = parley_hush();
  PaError err = Pa_OpenStream(stream, NULL, &p, 48000, frames, paNoFlag, callback, (void *)handle);
  if (err == paNoError) {
    err = Pa_StartStream(*stream);
    if (err != paNoError) Pa_CloseStream(*stream);
  }
  parley_unhush(saved);
  return err;
}
