#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every method, network and schedule trains: options_test.py CUT-TRAINER. Prints TAP."""
import math

from program import NETWORKS, ONE, SINCUT, losses, train
from tap import check_all

VARIANTS = {
    "lsgan": ["--gan_mode", "lsgan"],
    "vanilla": ["--gan_mode", "vanilla"],
    "nonsaturating": ["--gan_mode", "nonsaturating"],
    "wgangp": ["--gan_mode", "wgangp"],
    "hinge": ["--gan_mode", "hinge"],
    "the basic discriminator": ["--netD", "basic", "--crop_size", "32", "--load_size", "36"],
    "the pixel discriminator": ["--netD", "pixel"],
    "xavier": ["--init_type", "xavier"],
    "normal": ["--init_type", "normal"],
    "kaiming": ["--init_type", "kaiming"],
    "orthogonal": ["--init_type", "orthogonal"],
    "linear": ["--lr_policy", "linear"],
    "step": ["--lr_policy", "step"],
    "cosine": ["--lr_policy", "cosine"],
    "plateau": ["--lr_policy", "plateau"],
    "bf16": ["--precision", "bf16"],
    "no heads": ["--netF", "sample"],
    "an identity loss": ["--lambda_identity", "1"],
    "a self-regularisation": ["--lambda_self", "1"],
    "held colours": ["--lambda_colour", "1"],
    "the other domain's colours": ["--lambda_colour", "1", "--colour_target", "B", "--warmup_steps", "2"],
    "a discriminator with coarse colours": ["--colour_scale_D", "4"],
    "its gradient penalty": ["--colour_scale_D", "4", "--gan_mode", "wgangp"],
    "an augmented discriminator": ["--diffaug", "translation,cutout,color", "--lambda_R1", "1", "--batch_size", "2"],
    "its gradient penalty and coarse colours": ["--diffaug", "color,cutout", "--gan_mode", "wgangp", "--colour_scale_D", "4"],
    "an augmented discriminator in bf16": ["--diffaug", "color,translation,cutout", "--precision", "bf16"],
    "PatchNCE without GAN": ["--lambda_GAN", "0"],
    "GAN without PatchNCE": ["--lambda_NCE", "0"],
    "strided and transposed convolutions": ["--no_antialias", "--no_antialias_up"],
    "grey images": ["--input_nc", "1", "--output_nc", "1"],
    "RGB from grey": ["--input_nc", "1", "--lambda_NCE", "0", "--nce_idt", "False"],
    "batches of two": ["--batch_size", "2", "--nce_includes_all_negatives_from_minibatch"],
    "the reference's quirks": ["--reference_quirks"],
    "R1 at real images": ["--lambda_R1", "1"],
    "StyleGAN2 networks on folders": ["--netG", "smallstylegan2", "--netD", "stylegan2", "--ngf", "1", "--ndf", "1", "--nce_layers", "0,2"],
    "CycleGAN": ["--model", "cycle_gan"],
    "CycleGAN without identity, from grey to RGB": ["--model", "cycle_gan", "--lambda_identity", "0", "--input_nc", "1"],
    "CycleGAN in bf16 with the reference's quirks": ["--model", "cycle_gan", "--precision", "bf16", "--reference_quirks"],
    "a U-Net in bf16": ["--model", "cycle_gan", "--netG", "unet_128", "--ngf", "1", "--crop_size", "128", "--load_size", "128",
                        "--precision", "bf16"],
    "CycleGAN of StyleGAN2 networks": ["--model", "cycle_gan", "--netG", "smallstylegan2", "--netD", "stylegan2", "--ngf", "1", "--ndf", "1"],
}
SINGLE = {
    "SinCUT": [],
    "SinCUT's small generator": ["--netG", "smallstylegan2", "--nce_layers", "0,2"],
    "SinCUT without its noise, without R1": ["--netG", "smallstylegan2", "--nce_layers", "0,2", "--lambda_R1", "0"],
    "SinCUT halved twice": ["--stylegan2_G_num_downsampling", "2"],
    "SinCUT in bf16": ["--precision", "bf16"],
    "a ResNet on one image": ["--netG", "resnet_4blocks", "--netD", "n_layers", "--nce_layers", "0,4,8"],
    "crops of one image": ["--preprocess", "resize_and_crop"],
}


def trains(name, options, **where):
    def check():
        folder, _ = train(name, *options, "--max_steps", 2, **where)
        rows = losses(folder)
        assert len(rows) == 1 + 2, rows
        assert all(math.isfinite(float(value)) for row in rows[1:] for value in row), rows
    return check


def exchanged_domains():
    there, _ = train("there", "--direction", "BtoA", "--max_steps", 2)
    back, _ = train("back", "--direction", "AtoB", "--max_steps", 2)
    assert (there / NETWORKS[0]).read_bytes() != (back / NETWORKS[0]).read_bytes()


def time_is_up():
    folder, said = train("hours", "--max_hours", "1e-9", "--n_epochs", 50)
    assert "limit" in said and len(losses(folder)) == 1 + 1, said
    train("hours", "--n_epochs", 1, "--continue_train")
    assert len(losses(folder)) == 1 + 6


def same_seed():
    runs = [train(f"seed {i}", "--seed", seed, "--max_steps", 2)[0] for i, seed in enumerate((5, 5, 6))]
    first, again, other = ((folder / NETWORKS[0]).read_bytes() for folder in runs)
    assert first == again and first != other


check_all([(f"two steps with {name}", trains(name, options)) for name, options in VARIANTS.items()] + [
    (f"two steps with {name}", trains(name, [*SINCUT, *options], data=ONE)) for name, options in SINGLE.items()] + [
    ("--direction BtoA exchanges the domains", exchanged_domains),
    ("--max_hours ends a run, which then goes on", time_is_up),
    ("the same seed gives the same weights, another one others", same_seed),
])
