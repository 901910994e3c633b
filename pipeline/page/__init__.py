"""The review page: an interview in the browser of this machine, listened to, corrected, decided on and signed."""
