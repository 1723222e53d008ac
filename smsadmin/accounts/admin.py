"""The operator's admin: accounts, people and their roles."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from smsadmin.accounts.models import Account, Membership, SmsUser, User

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "time_zone", "country", "vocabulary"]
    inlines = [MembershipInline]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "is_superuser"]
    search_fields = ["email", "name"]
    exclude = ["password", "groups", "user_permissions", "last_login"]
    inlines = [MembershipInline]


@admin.register(SmsUser)
class SmsUserAdmin(admin.ModelAdmin):
    list_display = ["name", "account"]
