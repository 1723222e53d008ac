"""Pages of this app, under /<account>/. The page of one entry shows its message, so it stands in logs.urls."""

from django.urls import path

from blocklist.views import acting, adding
from blocklist.views.everywhere import AllBlocks
from blocklist.views.listing import BlockList

urlpatterns = [
    path("blocks/", BlockList.as_view(), name="blocks"),
    path("blocks/all/", AllBlocks.as_view(), name="blocks_everywhere"),
    path("blocks/all/lift/", acting.blocks_lift_everywhere, name="blocks_lift_everywhere"),
    path("blocks/new/", adding.block_new, name="block_new"),
    path("blocks/paste/", adding.blocks_paste, name="blocks_paste"),
    path("blocks/lift/", acting.blocks_lift, name="blocks_lift"),
    path("blocks/<int:pk>/lift/", acting.block_lift, name="block_lift"),
    path("blocks/actions/<int:pk>/", acting.blocks_action, name="blocks_action"),
    path("blocks/actions/<int:pk>/lines.csv", acting.blocks_lines, name="blocks_lines"),
    path("blocks/actions/<int:pk>/undo/", acting.blocks_undo, name="blocks_undo"),
]
