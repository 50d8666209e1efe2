from django.urls import path

from . import outbox_views, views

app_name = "reminders"
urlpatterns = [
    path("messages/", views.messages_page, name="messages"),
    path("messages/read/", views.read_all, name="read_all"),
    path("messages/<int:pk>/open/", views.open_message, name="message_open"),
    path("outbox/", outbox_views.outbox, name="outbox"),
    path("outbox/act/", outbox_views.act, name="outbox_act"),
    path("outbox/<int:pk>/", outbox_views.mail, name="mail"),
    path("outbox/<int:pk>/act/", outbox_views.act_on_mail, name="mail_act"),
]
