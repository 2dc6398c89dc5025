"""Small networks of transformers with random weights, exported as its users do."""

from pathlib import Path
from typing import Any

WIDTH, HEIGHT, QUERIES = 320, 256, 100
_SMALL: dict[str, Any] = {
    "d_model": 32,
    "num_queries": QUERIES,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "decoder_layers": 2,
}
_PYRAMID: dict[str, Any] = {
    "encoder_hidden_dim": 32,
    "decoder_in_channels": [32] * 3,
    "num_denoising": 0,
    "out": ["stage2", "stage3", "stage4"],
}


def rt_detr(transformers: Any) -> Any:
    options = {**_PYRAMID, **_SMALL}
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=16,
        hidden_sizes=[16, 32, 48, 64],
        depths=[1] * 4,
        layer_type="basic",
        out_features=options.pop("out"),
    )
    config = transformers.RTDetrConfig(
        **options,
        backbone_config=backbone,
        encoder_in_channels=[32, 48, 64],
        num_labels=80,
    )
    return transformers.RTDetrForObjectDetection(config)


def d_fine(transformers: Any) -> Any:
    options = {**_PYRAMID, **_SMALL}
    sizes = [32, 48, 64, 64]
    backbone = transformers.HGNetV2Config(
        stem_channels=[3, 16, 16],
        stage_in_channels=[16, *sizes[:3]],
        stage_mid_channels=[16] * 4,
        stage_out_channels=sizes,
        hidden_sizes=sizes,
        depths=[1] * 4,
        stage_num_blocks=[1] * 4,
        stage_numb_of_layers=[1] * 4,
        out_features=options.pop("out"),
    )
    config = transformers.DFineConfig(
        **options,
        backbone_config=backbone,
        encoder_in_channels=sizes[1:],
        num_labels=80,
    )
    return transformers.DFineForObjectDetection(config)


def yolos(transformers: Any) -> Any:
    config = transformers.YolosConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_detection_tokens=QUERIES,
        image_size=[HEIGHT, WIDTH],
        use_mid_position_embeddings=False,
        num_labels=91,
    )
    return transformers.YolosForObjectDetection(config)


def make(build: Any) -> Any:
    """A network whose weights are random enough that its queries differ."""
    import torch
    import transformers

    torch.manual_seed(1)
    network = build(transformers).eval()
    with torch.no_grad():
        for weights in network.parameters():
            weights += 0.1 * torch.randn_like(weights)
    return network


def export(network: Any, path: Path) -> Path:
    import torch

    class Outputs(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixel_values: Any) -> Any:
            found = self.network(pixel_values=pixel_values)
            return found.logits, found.pred_boxes

    torch.onnx.export(
        Outputs().eval(),  # else the network is left in training
        (torch.zeros(1, 3, HEIGHT, WIDTH),),
        str(path),
        input_names=["pixel_values"],
        output_names=["logits", "pred_boxes"],
        opset_version=17,
        dynamo=False,
    )
    return path
