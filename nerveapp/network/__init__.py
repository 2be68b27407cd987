"""The network: building, running and training it. The only room that imports torch or OpenVINO."""
