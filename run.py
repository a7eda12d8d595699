"""``python run.py``: the application object and a development server. ``make run`` serves it with gunicorn."""

from app import create_app

app = create_app()

if __name__ == "__main__":
    settings = app.config["SETTINGS"]
    app.run(settings.host, settings.port)
