"""x"""
from training.generate_engine import GenerateEngine as VllmEngine
