#include <stdint.h>
#include <portaudio.h>

PaError parley_pa_initialize(void);
PaError parley_pa_open(PaStream **stream, int device, int channels, double latency, unsigned long frames, uintptr_t handle);
