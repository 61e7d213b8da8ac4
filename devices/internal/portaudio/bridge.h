#include <stdint.h>
#include <portaudio.h>

int parley_hush(void);           // takes stderr away and returns what unhush needs
void parley_unhush(int saved);
PaError parley_pa_open(PaStream **stream, int device, const char *alsa, int channels, double latency, unsigned long frames, uintptr_t handle);
