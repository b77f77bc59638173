# The page in a container; docs/HOSTING.md has the lines. Not built yet anywhere: no Docker where it was written.
FROM python:3.11-slim
WORKDIR /flipbook
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
EXPOSE 7860
CMD ["python", "app.py", "--host", "0.0.0.0", "--no-auth"]
