from .extending.urls import urlpatterns as extension_pages
from .listing.urls import urlpatterns as list_pages
from .reopening.urls import urlpatterns as reopening_pages
from .restructuring.urls import urlpatterns as change_pages
from .stamping.urls import urlpatterns as stamped_pages
from .urls_filling import urlpatterns as filling_pages
from .urls_review import urlpatterns as review_pages

app_name = "sheets"
urlpatterns = [
    *filling_pages,
    *review_pages,
    *list_pages,
    *reopening_pages,
    *extension_pages,
    *change_pages,
    *stamped_pages,
]
