#include "vpx.h"

#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>

static void tune_vp8(vpx_codec_ctx_t *codec, int text) {
	vpx_codec_control(codec, VP8E_SET_CPUUSED, -8);
	vpx_codec_control(codec, VP8E_SET_TOKEN_PARTITIONS, 0);
	vpx_codec_control(codec, VP8E_SET_NOISE_SENSITIVITY, 0);
	vpx_codec_control(codec, VP8E_SET_SCREEN_CONTENT_MODE, text ? 1u : 0u);
}

// Once a picture that stands still has become fine, what differs from the last one by less than anybody sees, 200 in the squares of a
// block of 16×16 (49 dB), is not coded again: that halves the work. Before, blocks would stay as coarse as a key frame made them, and where
// all moves it seems to cost a tenth. Each change resets the encoder's speed, so there are few.
static void spare_vp8(parley_encoder *e) {
	int fine = e->quantizer <= 10, coarse = e->key || e->quantizer > 24;
	if (e->sparing ? coarse : fine && !coarse) {
		e->sparing = !e->sparing;
		vpx_codec_control(&e->codec, VP8E_SET_STATIC_THRESHOLD, e->sparing ? 200u : 0u);
	}
}

// Speed 9 codes text that scrolls as well as 8, in two thirds of the time. Cyclic refresh sharpens what stands still.
static void tune_vp9(vpx_codec_ctx_t *codec, int text) {
	vpx_codec_control(codec, VP8E_SET_STATIC_THRESHOLD, 1u);
	vpx_codec_control(codec, VP8E_SET_CPUUSED, 9);
	vpx_codec_control(codec, VP9E_SET_TUNE_CONTENT, text ? VP9E_CONTENT_SCREEN : VP9E_CONTENT_DEFAULT);
	vpx_codec_control(codec, VP9E_SET_AQ_MODE, 3u);
	vpx_codec_control(codec, VP9E_SET_FRAME_PARALLEL_DECODING, 0u);
	vpx_codec_control(codec, VP8E_SET_ENABLEAUTOALTREF, 0u);
	vpx_codec_control(codec, VP9E_SET_NOISE_SENSITIVITY, 0u);
}

int parley_encoder_open(parley_encoder *e, const parley_coding *c) {
	vpx_codec_err_t err;
	vpx_codec_iface_t *codec = c->vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
	memset(e, 0, sizeof *e);
	e->vp9 = c->vp9;
	if ((err = vpx_codec_enc_config_default(codec, &e->cfg, 0)) != VPX_CODEC_OK) return err;
	e->cfg.g_w = c->w;
	e->cfg.g_h = c->h;
	e->cfg.g_timebase.num = 1;
	e->cfg.g_timebase.den = 90000;
	e->cfg.g_threads = 1;
	e->cfg.g_lag_in_frames = 0;
	e->cfg.g_pass = VPX_RC_ONE_PASS;
	// VP9 would pay for it in bits, and helps nobody: a picture is shown only when all before it have come.
	e->cfg.g_error_resilient = c->vp9 ? 0 : VPX_ERROR_RESILIENT_DEFAULT;
	e->cfg.rc_end_usage = VPX_CBR;
	e->cfg.rc_target_bitrate = c->kbps;
	e->cfg.rc_min_quantizer = 8; // nobody sees what is finer, and both sides would work for it
	e->cfg.rc_max_quantizer = 56;
	e->cfg.rc_undershoot_pct = 100;
	e->cfg.rc_overshoot_pct = 15;
	e->cfg.rc_buf_initial_sz = 500; // ms; a second in all, so that the rate follows a falling path quickly
	e->cfg.rc_buf_optimal_sz = 600;
	e->cfg.rc_buf_sz = 1000;
	e->cfg.rc_dropframe_thresh = 30; // % of the buffer: rather skip a picture than queue it in the network
	e->cfg.kf_mode = VPX_KF_AUTO;    // on demand, on a cut, and every 3000 pictures
	e->cfg.kf_max_dist = 3000;
	if ((err = vpx_codec_enc_init(&e->codec, codec, &e->cfg, 0)) != VPX_CODEC_OK) return err;
	vpx_codec_control(&e->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, 300u);
	if (c->vp9) {
		tune_vp9(&e->codec, c->text);
	} else {
		tune_vp8(&e->codec, c->text);
	}
	vpx_img_wrap(&e->img, VPX_IMG_FMT_I420, c->w, c->h, 1, (unsigned char *)e); // the planes are set for each picture
	return 0;
}

int parley_encoder_bitrate(parley_encoder *e, int kbps) {
	if (e->cfg.rc_target_bitrate == (unsigned)kbps) return 0; // setting the configuration resets the speed choice: costly
	e->cfg.rc_target_bitrate = kbps;
	return vpx_codec_enc_config_set(&e->codec, &e->cfg);
}

int parley_encode(parley_encoder *e, const uint8_t *y, const uint8_t *u, const uint8_t *v, int y_stride, int uv_stride, int64_t pts,
	int64_t duration, int key, int spare) {
	vpx_enc_frame_flags_t flags = key ? VPX_EFLAG_FORCE_KF : 0;
	vpx_codec_err_t err;
	vpx_codec_iter_t it = NULL;
	const vpx_codec_cx_pkt_t *p;

	e->data = NULL;
	e->size = 0;
	e->key = 0;
	e->img.planes[0] = (uint8_t *)y;
	e->img.planes[1] = (uint8_t *)u;
	e->img.planes[2] = (uint8_t *)v;
	e->img.stride[0] = y_stride;
	e->img.stride[1] = e->img.stride[2] = uv_stride;
	if (spare && !key && !e->vp9) flags |= VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_GF | VP8_EFLAG_NO_UPD_ARF | VP8_EFLAG_NO_UPD_ENTROPY;
	err = vpx_codec_encode(&e->codec, &e->img, pts, (unsigned long)duration, flags, VPX_DL_REALTIME);
	e->img.planes[0] = e->img.planes[1] = e->img.planes[2] = NULL;
	if (err != VPX_CODEC_OK) return err;
	while ((p = vpx_codec_get_cx_data(&e->codec, &it)) != NULL) {
		if (p->kind != VPX_CODEC_CX_FRAME_PKT) continue;
		e->data = p->data.frame.buf;
		e->size = p->data.frame.sz;
		e->key = (p->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
		vpx_codec_control(&e->codec, VP8E_GET_LAST_QUANTIZER_64, &e->quantizer);
	}
	if (!e->vp9 && e->size > 0) spare_vp8(e);
	return 0;
}

void parley_encoder_close(parley_encoder *e) { vpx_codec_destroy(&e->codec); }

// A frame of VP9 may hide a second one of any size behind it, so the memory for a picture is bounded here: 4096×4096 with borders.
enum { most_bytes = (4096 + 640) * (4096 + 640) * 3 / 2 };

static int lend_buffer(void *decoder, size_t size, vpx_codec_frame_buffer_t *fb) {
	parley_buffer *b = ((parley_decoder *)decoder)->buffers, *end = b + PARLEY_BUFFERS;
	if (size > most_bytes) return -1;
	while (b < end && b->used) b++;
	if (b == end) return -1;
	if (b->size < size) {
		free(b->data);
		b->data = calloc(1, size);
		b->size = b->data == NULL ? 0 : size;
		if (b->data == NULL) return -1;
	}
	b->used = 1;
	fb->data = b->data;
	fb->size = b->size;
	fb->priv = b;
	return 0;
}

static int take_buffer(void *decoder, vpx_codec_frame_buffer_t *fb) {
	(void)decoder;
	if (fb->priv != NULL) ((parley_buffer *)fb->priv)->used = 0;
	fb->priv = NULL;
	return 0;
}

int parley_decoder_open(parley_decoder *d, int vp9) {
	vpx_codec_dec_cfg_t cfg;
	vpx_codec_err_t err;
	memset(d, 0, sizeof *d);
	memset(&cfg, 0, sizeof cfg);
	cfg.threads = 1;
	err = vpx_codec_dec_init(&d->codec, vp9 ? vpx_codec_vp9_dx() : vpx_codec_vp8_dx(), &cfg, 0);
	if (err != VPX_CODEC_OK || !vp9) return err;
	err = vpx_codec_set_frame_buffer_functions(&d->codec, lend_buffer, take_buffer, d);
	if (err != VPX_CODEC_OK) vpx_codec_destroy(&d->codec);
	return err;
}

int parley_decode(parley_decoder *d, const uint8_t *data, size_t size) {
	vpx_codec_err_t err;
	vpx_codec_iter_t it = NULL;
	int corrupt = 0;

	d->img = NULL;
	if ((err = vpx_codec_decode(&d->codec, data, (unsigned)size, NULL, 0)) != VPX_CODEC_OK) return err;
	d->img = vpx_codec_get_frame(&d->codec, &it);
	if (d->img != NULL && vpx_codec_control(&d->codec, VP8D_GET_FRAME_CORRUPTED, &corrupt) == VPX_CODEC_OK && corrupt) {
		d->img = NULL;
		return VPX_CODEC_CORRUPT_FRAME;
	}
	return 0;
}

void parley_decoder_close(parley_decoder *d) {
	int i;
	vpx_codec_destroy(&d->codec);
	for (i = 0; i < PARLEY_BUFFERS; i++) free(d->buffers[i].data);
}
