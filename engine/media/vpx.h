// libvpx behind the few calls that Parley needs. All memory is libvpx's; nothing of Go's is kept after a call.
#ifndef PARLEY_VPX_H
#define PARLEY_VPX_H

#include <stddef.h>
#include <stdint.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

typedef struct {
	int vp9;  // VP9 instead of VP8
	int text; // pictures of a display with text rather than motion
	int w, h; // pixels
	int kbps;
} parley_coding;

typedef struct {
	vpx_codec_ctx_t codec;
	vpx_codec_enc_cfg_t cfg;
	vpx_image_t img;
	// Of the last frame; data is valid until the next one. size is 0 when rate control dropped it.
	const void *data;
	size_t size;
	int key;
	int quantizer; // 0 to 63

	int vp9;
	int sparing; // what nobody sees is not coded again
} parley_encoder;

// The decoder of VP9 keeps at most 12 pictures; VP8's keeps its own.
#define PARLEY_BUFFERS 16

typedef struct {
	uint8_t *data;
	size_t size;
	int used;
} parley_buffer;

typedef struct {
	vpx_codec_ctx_t codec;
	parley_buffer buffers[PARLEY_BUFFERS];
	const vpx_image_t *img; // of the last frame, valid until the next one; NULL if it is not to be shown
} parley_decoder;

// Results: 0, or the vpx_codec_err_t.
int parley_encoder_open(parley_encoder *e, const parley_coding *c);
int parley_encoder_bitrate(parley_encoder *e, int kbps);
// A spare picture is one that no other is made of: decoders can do without it.
int parley_encode(parley_encoder *e, const uint8_t *y, const uint8_t *u, const uint8_t *v, int y_stride, int uv_stride, int64_t pts,
	int64_t duration, int key, int spare);
void parley_encoder_close(parley_encoder *e);

int parley_decoder_open(parley_decoder *d, int vp9);
int parley_decode(parley_decoder *d, const uint8_t *data, size_t size);
void parley_decoder_close(parley_decoder *d);

#endif
