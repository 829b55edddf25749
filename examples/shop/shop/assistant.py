"""Product texts and questions, answered by two models."""

import anthropic
import openai

from shop.settings import OPENAI_API_KEY

writer = openai.OpenAI(api_key=OPENAI_API_KEY)
reader = anthropic.Anthropic(api_key=OPENAI_API_KEY)


def describe(product: str) -> str:
    answer = writer.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": f"Describe {product} in two sentences."}]
    )
    return answer.choices[0].message.content
